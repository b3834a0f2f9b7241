import { expect, test } from 'vitest'
import type { Job } from '../api/domain'
import { compareAges, comparePlaces } from '../stores/jobs.svelte'
import { episodeOf, nameStage, shareOf, tellEntry, tellResult } from './words'

function job(fields: Partial<Job>): Job {
  const plain = { id: '1', kind: 'read', arguments: {}, state: 'running', urgency: 1, place: 1000000, created_at: '2026-01-01T00:00:00Z' } as const
  return { ...plain, progress: { done: 0, total: 0 }, problem: null, result: null, ...fields }
}

test('a job says what it does now, not what it did before it was paused', () => {
  expect(nameStage(job({ progress: { stage: 'speaking', done: 0, total: 0 } }))).toBe('Speaking')
  expect(nameStage(job({ state: 'paused', progress: { stage: 'speaking', done: 0, total: 0 } }))).toBe('Paused')
  expect(nameStage(job({ state: 'queued' }))).toBe('Waiting for its turn')
})

test('a share is told only while lines are spoken, and mastering comes after all of them', () => {
  expect(shareOf(job({ progress: { stage: 'speaking', done: 1, total: 4 } }))).toBe(0.25)
  expect(shareOf(job({ progress: { stage: 'discovering', done: 3, total: 9 } }))).toBeNull()
  expect(shareOf(job({ progress: { stage: 'mastering', done: 0, total: 0 } }))).toBe(1)
})

test('only readings have an episode', () => {
  expect(episodeOf(job({ arguments: { episode: 12 } }))).toBe(12)
  expect(episodeOf(job({ kind: 'poll', arguments: { show: 'x' } }))).toBeNull()
})

test('what came of a job is told in words', () => {
  expect(tellResult(job({ state: 'done', result: { posts: 12, new: 3 } }))).toBe(' – 12 posts found, 3 new')
  expect(tellResult(job({ state: 'done', result: { new: 0, changed: 1, trouble: '' } }))).toBe(' – 0 new, 1 changed')
  expect(tellResult(job({ state: 'done', result: { episode: 1, made: true } }))).toBe('')
  expect(tellResult(job({ state: 'failed', result: null }))).toBe('')
})

test('the newest job stands first, and of one second the later episode', () => {
  const early = job({ arguments: { episode: 2 } })
  const late = job({ arguments: { episode: 9 } })
  const later = job({ arguments: { episode: 1 }, created_at: '2026-01-01T00:00:01Z' })

  expect([early, later, late].sort(compareAges)).toEqual([later, late, early])
})

test('of jobs that wait the lower place goes first, of one place the older', () => {
  const [late, first, second] = [
    job({ id: 'late', place: 2, created_at: '2026-01-01T00:00:00Z' }),
    job({ id: 'first', place: 1, created_at: '2026-01-01T00:00:01Z' }),
    job({ id: 'second', place: 1, created_at: '2026-01-01T00:00:02Z' }),
  ]

  expect([late, second, first].toSorted(comparePlaces).map((each) => each.id)).toEqual(['first', 'second', 'late'])
})

test('what happened to a job is told in words, with what is known of it', () => {
  const at = '2026-01-01T00:00:00Z'

  expect(tellEntry({ at, event: 'stage', detail: 'speaking' })).toBe('Speaking')
  expect(tellEntry({ at, event: 'stage', detail: 'humming' })).toBe('humming')
  expect(tellEntry({ at, event: 'failed', detail: 'the page is gone' })).toBe('Failed: the page is gone')
  expect(tellEntry({ at, event: 'done', detail: '' })).toBe('Done')
})
