import { expect, test } from 'vitest'
import type { Line } from '../api/domain'
import { Live, type Means } from './live.svelte'

function line(id: number, state: Line['state']): Line {
  const take = state === 'spoken' ? { audio: `/take/${id}` } : null
  return { id, state, take, pause_s: 0.5 } as Line
}

/** Answers one stand of the lines after the other, and notes what sounds. */
function make(...stands: Line[][]): { live: Live; done: string[] } {
  const done: string[] = []
  let turn = 0
  const means: Means = {
    list: () => Promise.resolve(stands[Math.min(turn++, stands.length - 1)] ?? []),
    play: (src) => Promise.resolve(void done.push(src)),
    stop: () => undefined,
    rest: (seconds) => Promise.resolve(void done.push(`rest ${seconds}`)),
  }
  return { live: new Live(means), done }
}

test('lines sound one after the other with the pauses between them, and then it is over', async () => {
  const { live, done } = make([line(1, 'spoken'), line(2, 'pause'), line(3, 'spoken')])

  await live.start(7)

  expect(done).toEqual(['/take/1', 'rest 0.5', 'rest 0.5', '/take/3', 'rest 0.5'])
  expect(live.episode).toBeNull()
})

test('a line that is not spoken yet is waited for', async () => {
  const { live, done } = make([line(1, 'spoken'), line(2, 'waiting')], [line(1, 'spoken'), line(2, 'spoken')])

  await live.start(7)

  expect(done).toEqual(['/take/1', 'rest 0.5', 'rest 1.5', '/take/2', 'rest 0.5'])
})

test('an episode whose lines are not written yet is waited for', async () => {
  const { live, done } = make([], [line(1, 'spoken')])

  await live.start(7)

  expect(done).toEqual(['rest 1.5', '/take/1', 'rest 0.5'])
})

test('a line that is put before the one that sounds is not gone back to', async () => {
  const { live, done } = make([line(1, 'spoken'), line(2, 'waiting')], [line(9, 'spoken'), line(1, 'spoken'), line(2, 'spoken')])

  await live.start(7)

  expect(done.filter((each) => each.startsWith('/'))).toEqual(['/take/1', '/take/2'])
})

test('what cannot be had is said, and ends it', async () => {
  const broken = new Live({
    list: () => Promise.reject(new Error('no lines')),
    play: () => Promise.resolve(),
    stop: () => undefined,
    rest: () => Promise.resolve(),
  })

  await broken.start(7)

  expect([broken.problem, broken.episode]).toEqual(['no lines', null])
})
