import { expect, test } from 'vitest'
import { Pace } from './pace'

function paceOf(...seen: [number, string, number, number][]): number | null {
  let now = 0
  const pace = new Pace(() => now)
  for (const [at, stage, done, total] of seen) {
    now = at
    pace.see({ stage, done, total })
  }
  return pace.left_s()
}

test('what is left takes as long, line for line, as what was done', () => {
  expect(paceOf([0, 'speaking', 0, 50], [10, 'speaking', 10, 50])).toBe(40)
})

test('nothing is said before something was done for a while', () => {
  expect(paceOf([0, 'speaking', 0, 50])).toBeNull()
  expect(paceOf([0, 'speaking', 0, 50], [1, 'speaking', 5, 50])).toBeNull()
  expect(paceOf([0, 'fetching', 0, 0], [10, 'fetching', 0, 0])).toBeNull()
})

test('another stage is another pace', () => {
  expect(paceOf([0, 'fetching', 0, 0], [20, 'speaking', 0, 10], [24, 'speaking', 2, 10])).toBe(16)
})

test('work that begins again is measured anew', () => {
  expect(paceOf([0, 'speaking', 0, 10], [5, 'speaking', 5, 10], [6, 'speaking', 0, 10])).toBeNull()
})
