import { expect, test } from 'vitest'
import { listChanges, tellLoudness } from './words'

const NONE = { worded: 0, respoken: 0, added: 0, removed: 0, is_reordered: false }

test('what changed is told kind by kind', () => {
  expect(listChanges({ worded: 2, respoken: 1, added: 0, removed: 1, is_reordered: true })).toEqual([
    '2 lines worded or paused otherwise',
    '1 line in another take',
    '1 line left out',
    'lines in another order',
  ])
})

test('where nothing changed, nothing is told', () => {
  expect(listChanges(NONE)).toEqual([])
})

test('loudness has a minus sign of its own, and may be unknown', () => {
  expect([tellLoudness(-16.04), tellLoudness(null)]).toEqual(['−16.0 LUFS', 'not measured'])
})
