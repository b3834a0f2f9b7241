import { expect, test } from 'vitest'
import { compare, withoutSounds } from './differences'

function tell(spoken: string, heard: string): [string, string, string][] {
  return compare(spoken, heard).map(({ kind, said, heard: found }) => [kind, said, found])
}

test('what was heard as it was to be spoken is one stretch, whatever its signs and capitals', () => {
  expect(tell('The kettle whistles.', 'the kettle, whistles')).toEqual([['same', 'The kettle whistles.', 'the kettle, whistles']])
})

test('a word that was not heard is missing', () => {
  expect(tell('The old kettle whistles.', 'The kettle whistles.')).toEqual([
    ['same', 'The', 'The'],
    ['missing', 'old', ''],
    ['same', 'kettle whistles.', 'kettle whistles.'],
  ])
})

test('a word that was not to be spoken is added, at the end too', () => {
  expect(tell('The kettle', 'Well the kettle sings')).toEqual([
    ['added', '', 'Well'],
    ['same', 'The kettle', 'the kettle'],
    ['added', '', 'sings'],
  ])
})

test('other words in the same place are told side by side', () => {
  expect(tell('All podcatchers know it.', 'All pod catchers know it.')).toEqual([
    ['same', 'All', 'All'],
    ['other', 'podcatchers', 'pod catchers'],
    ['same', 'know it.', 'know it.'],
  ])
})

test('where nothing was heard all is missing, and nothing is said of nothing', () => {
  expect(tell('Two words', '')).toEqual([['missing', 'Two words', '']])
  expect(tell('', '')).toEqual([])
})

test('sounds that were named for a word are no words', () => {
  expect(withoutSounds('We run [nginx](/ˈɛndʒɪnˈɛks/) here.')).toBe('We run nginx here.')
  expect(tell('We run [nginx](/ˈɛndʒɪnˈɛks/).', 'We run Nginx.')).toEqual([['same', 'We run nginx.', 'We run Nginx.']])
})
