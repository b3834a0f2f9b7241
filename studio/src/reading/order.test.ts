import { expect, test } from 'vitest'
import type { Edited, Line } from '../api/domain'
import { arrange, findHeir, findPlace, hasChanged, isSame, putFirst, putInto, range, step, stepToFlagged } from './order'

function line(id: number, changes: Partial<Line> = {}): Line {
  return { id, text: `line ${id}`, spoken: `line ${id}`, state: 'spoken', pause_s: 0.4, voice: null, ...changes } as Line
}

function edited(changes: Partial<Edited>): Edited {
  return { revision: 2, lines: [], removed: [], order: null, can_undo: true, can_redo: false, ...changes }
}

const ids = (lines: readonly Line[]): number[] => lines.map((each) => each.id)
const four = [line(1), line(2), line(3), line(4)]

test('an edit brings lines, takes lines away and puts them in their order', () => {
  const after = arrange(four, edited({ lines: [line(5), line(2, { text: 'new' })], removed: [3], order: [1, 2, 5, 4] }), { inOrder: true })

  expect(ids(after)).toEqual([1, 2, 5, 4])
  expect(after[1]?.text).toBe('new')
  expect(after[0]).toBe(four[0])
})

test('an answer that comes late changes its lines, and not the order', () => {
  const after = arrange(four, edited({ lines: [line(2, { text: 'late' })], order: [2, 1] }), { inOrder: false })

  expect(ids(after)).toEqual([1, 2, 3, 4])
  expect(after[1]?.text).toBe('late')
})

test('a line that nobody knows the place of is left out', () => {
  expect(putInto(four, line(9))).toBe(four)
})

test.each([
  [{ text: 'other' }, true],
  [{ spoken: 'other' }, true],
  [{ voice: 'Ann' }, true],
  [{ pause_s: 1 }, true],
  [{ n_takes: 4 }, false],
])('a line with %j has changed: %s', (changes, expected) => {
  expect(hasChanged(line(1), line(1, changes))).toBe(expected)
})

test('a line that is gone has changed, and one with another take is not the same', () => {
  expect(hasChanged(line(1), undefined)).toBe(true)
  expect(isSame(line(1), line(1, { take: { id: 7 } as Line['take'] }))).toBe(false)
  expect(isSame(line(1), line(1))).toBe(true)
})

test('a range is the same from both its ends', () => {
  expect([range(four, 2, 4), range(four, 4, 2), range(four, 9, 3)]).toEqual([[2, 3, 4], [2, 3, 4], [3]])
})

test('steps end at the ends, and begin at them', () => {
  expect([step(four, 4, 1), step(four, 1, -1), step(four, null, 1), step(four, null, -1), step([], null, 1)].map((each) => each?.id)).toEqual([4, 1, 1, 4, undefined])
})

test('flagged lines are gone through in a circle, both ways', () => {
  const lines = [line(1, { state: 'flagged' }), line(2), line(3, { state: 'flagged' }), line(4)]

  expect(([1, 3, 2, null] as const).map((from) => stepToFlagged(lines, from, 1)?.id)).toEqual([3, 1, 3, 1])
  expect(([1, 3, 2, null] as const).map((from) => stepToFlagged(lines, from, -1)?.id)).toEqual([3, 1, 1, 3])
})

test.each([
  [[2], 1, 3],
  [[2], -1, null],
  [[3, 4], -1, 1],
  [[4], 1, undefined],
  [[1], -1, undefined],
] as const)('lines %j that move by %d stand behind %s', (moved, by, place) => {
  expect(findPlace(four, new Set(moved), by)).toBe(place)
})

test('what takes the place of lines that go is the next one, at the end the one before', () => {
  expect([findHeir(four, new Set([2, 3])), findHeir(four, new Set([3, 4])), findHeir(four, new Set([1, 2, 3, 4]))]).toEqual([4, 2, null])
})

test('flagged lines come first, and both parts keep their order', () => {
  expect(ids(putFirst(four, new Set([4, 2])))).toEqual([2, 4, 1, 3])
})
