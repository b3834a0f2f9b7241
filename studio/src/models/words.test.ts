import { expect, test } from 'vitest'
import { nameTask, tellEvictions, tellMemory } from './words'

test('evictions are told with how often and why', () => {
  expect(tellEvictions({ room: 2, idle: 1, outgrown: 5, unwanted: 0 })).toBe(
    'left memory twice to make room, once after a while without work, 5 times because it grew too large',
  )
  expect(tellEvictions({})).toBe('')
})

test('a task that the page does not know is called by its name', () => {
  expect([nameTask('synthesize'), nameTask('juggle')]).toEqual(['speaks', 'juggle'])
})

test('a model that once took more than it does now is told with both', () => {
  expect(tellMemory(248_000_000, 248_400_000)).toBe('248 MB')
  expect(tellMemory(398_000_000, 542_000_000)).toBe('542 MB kept for it, 398 MB in use')
})
