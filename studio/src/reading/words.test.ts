import { expect, test } from 'vitest'
import type { Take } from '../api/domain'
import { countBefore, findWord, listDifferences, matchWords, partWords, timeWords } from './words'

function take(words: [string, number, number][], duration_s = 4): Take {
  return { words, duration_s } as Take
}

test('words are parted by white space, and a blank text has none', () => {
  expect(partWords('  On  teapots,\nagain ')).toEqual(['On', 'teapots,', 'again'])
  expect(partWords(' \n')).toEqual([])
})

test('a text that is as it was spoken has the times of its take', () => {
  const spoken = take([
    ['On', 0.1, 0.3],
    ['teapots', 0.3, 0.9],
  ])

  expect(timeWords('On teapots', spoken)).toEqual([
    [0.1, 0.3],
    [0.3, 0.9],
  ])
})

test('words that were worded anew share the time that is left between those that stayed', () => {
  const spoken = take([
    ['The', 0, 0.2],
    ['pot', 0.2, 1],
    ['whistles', 2, 3],
  ])

  expect(timeWords('The old kettle whistles', spoken)).toEqual([
    [0, 0.2],
    [0.2, 1.1],
    [1.1, 2],
    [2, 3],
  ])
})

test('a take without times is shared by all words', () => {
  expect(timeWords('one two', take([], 4))).toEqual([
    [0, 2],
    [2, 4],
  ])
})

test('the word that sounds is the last one that has begun', () => {
  const spans: [number, number][] = [
    [0.1, 0.3],
    [0.5, 0.9],
  ]

  expect([0, 0.1, 0.4, 0.5, 9].map((at_s) => findWord(spans, at_s))).toEqual([-1, 0, 0, 1, 1])
})

test.each([
  ['The kettle.', 11, 11],
  ['A 🫖 pot', 4, 3], // what lies beyond the first 65,536 characters is one, not two
  ['  two   blanks', 8, 3],
  ['e\u0301clair', 2, 2],
])('the caret in %j at %d stands behind %d characters', (text, caret, characters) => {
  expect(countBefore(text, caret)).toBe(characters)
})

test('two wordings are matched by as many words as can be, without regard to signs and capitals', () => {
  const pairs = matchWords(['The', 'pot', 'is', 'hot.'], ['the', 'kettle', 'is', 'very', 'hot'])

  expect(pairs).toEqual([
    [0, 0],
    [2, 2],
    [3, 4],
  ])
})

test('what is spoken is told where it sounds otherwise than the text', () => {
  const spoken = listDifferences('Dr. Li has 2 cats', 'Doctor Li has two cats.')

  expect(spoken.filter(({ differs }) => differs).map(({ word }) => word)).toEqual(['Doctor', 'two'])
  expect(listDifferences('On teapots', 'on teapots.')).toEqual([])
})
