import { expect, test } from 'vitest'
import { partSpans } from './inline'

test('inline code and references stand apart from the words, without their marks', () => {
  expect(partSpans('See `README.md`[^2], and `` a `b` c ``.')).toEqual([
    { kind: 'words', text: 'See ' },
    { kind: 'code', text: 'README.md' },
    { kind: 'reference', text: '2' },
    { kind: 'words', text: ', and ' },
    { kind: 'code', text: 'a `b` c' },
    { kind: 'words', text: '.' },
  ])
})

test('a lone back-tick or bracket is part of the words', () => {
  expect(partSpans("It's 5` long [^ and so on")).toEqual([{ kind: 'words', text: "It's 5` long [^ and so on" }])
  expect(partSpans('')).toEqual([])
})
