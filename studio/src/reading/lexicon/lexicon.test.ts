import { expect, test } from 'vitest'
import type { ConcernedLine } from '../../api/domain'
import { groupByEpisode, putInto, toEntry, toSpeech } from './lexicon'

test.each([
  ['nginx,', 'nginx'],
  ['“nginx”', 'nginx'],
  ['nginx.', 'nginx'],
  ['(Kubernetes)', 'Kubernetes'],
  ['C++', 'C++'],
  ['.NET', '.NET'],
  ['don’t', 'don’t'],
  ['e.g.', 'e.g.'],
  ['nginx is', 'nginx is'],
])('the entry of %s is %s', (word, entry) => {
  expect(toEntry(word)).toBe(entry)
})

test('a respelling is spoken as it is, and sounds are named for the word', () => {
  expect(toSpeech('nginx', ' engine x ')).toBe('engine x')
  expect(toSpeech('nginx', '/ˈɛndʒɪn ɛks/')).toBe('[nginx](/ˈɛndʒɪn ɛks/)')
})

test('a word is replaced where it stands alone, whatever its case', () => {
  const entry = { written: 'cat', spoken: 'kat' }

  expect(putInto('Cat, catwalk and a cat.', entry)).toBe('kat, catwalk and a kat.')
})

test('signs of a word are themselves', () => {
  expect(putInto('C++ is not C.', { written: 'C++', spoken: 'see plus plus' })).toBe('see plus plus is not C.')
  expect(putInto('It costs.', { written: 'costs', spoken: '$& $1' })).toBe('It $& $1.')
})

test('lines stand by their episodes, this one first', () => {
  const lines = [1, 2, 1, 3].map((episode, line) => ({ line, episode, title: `Episode ${episode}` }) as ConcernedLine)

  expect(groupByEpisode(lines, 2).map(({ episode, lines: found }) => [episode, found.length])).toEqual([
    [2, 1],
    [1, 2],
    [3, 1],
  ])
})
