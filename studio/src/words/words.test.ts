import { expect, test } from 'vitest'
import { count, toSize } from './sizes'
import { toClock, toDate, toDistance, toLength, toSpokenClock } from './time'

test.each([
  [0, '0:00'],
  [9.9, '0:09'],
  [65, '1:05'],
  [3661, '1:01:01'],
  [NaN, '0:00'],
  [-3, '0:00'],
])('%d seconds stand on the clock as %s', (seconds, clock) => {
  expect(toClock(seconds)).toBe(clock)
})

test.each([
  [40, '40 s'],
  [59.6, '1 min'],
  [272, '5 min'],
  [3600, '1 h'],
  [4800, '1 h 20 min'],
])('%d seconds are %s long', (seconds, length) => {
  expect(toLength(seconds)).toBe(length)
})

test('a time is read aloud in words', () => {
  expect(toSpokenClock(3723)).toBe('1 hour 2 minutes 3 seconds')
  expect(toSpokenClock(0)).toBe('0 seconds')
})

test('a date that nobody knows is left out', () => {
  expect([toDate('2026-01-01T00:00:00Z'), toDate(null), toDate('soon')]).toEqual(['1 Jan 2026', '', ''])
})

test('a moment is as far away as its largest unit', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')

  expect(toDistance('2026-01-01T00:00:20Z', now)).toBe('just now')
  expect(toDistance('2026-01-01T02:00:00Z', now)).toBe('in 2 hours')
  expect(toDistance('2025-12-29T00:00:00Z', now)).toBe('3 days ago')
})

test('amounts are short, and one of a thing is one', () => {
  expect([toSize(900), toSize(253_000_000), toSize(1_100_000), toSize(19_600_000_000)]).toEqual(['900 B', '253 MB', '1.1 MB', '19.6 GB'])
  expect([count(1, 'line'), count(1200, 'line')]).toEqual(['1 line', '1,200 lines'])
})
