import { expect, test } from 'vitest'
import { isHeard, Positions } from './positions'

class Memory {
  kept: Record<string, string> = {}
  getItem = (name: string) => this.kept[name] ?? null
  setItem = (name: string, value: string) => void (this.kept[name] = value)
}

test('a position outlives the page', () => {
  const storage = new Memory()
  new Positions(storage).keep(7, 61.26, 300)

  expect(new Positions(storage).resume_s(7)).toBe(61.3)
})

test('what was never begun begins at the beginning', () => {
  expect(new Positions(new Memory()).resume_s(7)).toBe(0)
})

test('what was heard to its last words begins anew', () => {
  const positions = new Positions(new Memory())
  positions.keep(7, 295, 300)

  expect(positions.resume_s(7)).toBe(0)
})

test.each([
  [0, 300, false],
  [269, 300, false],
  [281, 300, true],
  [50, 53, true],
  [40, 53, false],
  [0, 0, false],
])('%d s of %d s: heard is %s', (at_s, duration_s, heard) => {
  expect(isHeard({ at_s, duration_s })).toBe(heard)
})

test('the positions that were kept longest ago are forgotten first', () => {
  let now = 0
  const positions = new Positions(new Memory(), () => now++)
  for (let episode = 0; episode < 510; episode++) positions.keep(episode, 5, 300)

  expect(positions.find(9)).toBeNull()
  expect(positions.find(10)).not.toBeNull()
})

test.each(['', 'nonsense', '[', '3'])('storage that holds %j is as good as empty', (text) => {
  const storage = new Memory()
  storage.setItem('positions', text)

  expect(new Positions(storage).find(1)).toBeNull()
})
