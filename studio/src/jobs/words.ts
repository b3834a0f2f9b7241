/** What jobs do and how they stand, in words. */

import type { Job, JobEntry, JobState } from '../api/domain'
import { count } from '../words/sizes'

const KINDS: Record<string, string> = {
  read: 'Reading',
  archive: 'Archive',
  poll: 'Look for new posts',
  discover: 'Dry run of an archive',
}

const STAGES: Record<string, string> = {
  fetching: 'Fetching the post',
  scripting: 'Writing the script',
  speaking: 'Speaking',
  mastering: 'Mastering',
  discovering: 'Looking for posts',
  polling: 'Asking the feed',
}

const STATES: Record<JobState, string> = {
  queued: 'waiting',
  running: 'running',
  paused: 'paused',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
}

const EVENTS: Record<JobEntry['event'], string> = {
  begun: 'Begun',
  stage: '',
  waits: 'Waits',
  busy: 'To be tried again',
  moved: 'Given another place',
  paused: 'Paused',
  resumed: 'Gone on with',
  cancelled: 'Cancelled',
  done: 'Done',
  failed: 'Failed',
}

/** What happened, and what is known of it. */
export function tellEntry(entry: JobEntry): string {
  if (entry.event === 'stage') return STAGES[entry.detail] ?? entry.detail
  return [EVENTS[entry.event], entry.detail].filter(Boolean).join(': ')
}

export function nameKind(kind: string): string {
  return KINDS[kind] ?? kind
}

export function nameState(state: JobState): string {
  return STATES[state]
}

/** What a job is doing now. */
export function nameStage(job: Job): string {
  if (job.state === 'queued') return 'Waiting for its turn'
  if (job.state === 'paused') return 'Paused'
  return STAGES[job.progress.stage ?? ''] ?? job.progress.stage ?? 'Starting'
}

/** Share that is done, 0 to 1; null while nobody can tell. */
export function shareOf(job: Job): number | null {
  const { stage, done = 0, total = 0 } = job.progress
  if (stage === 'mastering') return 1
  return total > 0 && stage === 'speaking' ? Math.min(1, done / total) : null
}

/** The episode that a job reads, if it is one that reads. */
export function episodeOf(job: Job): number | null {
  const id = job.arguments.episode
  return job.kind === 'read' && typeof id === 'number' ? id : null
}

/** The show that a job is for. */
export function showOf(job: Job): string | null {
  return typeof job.arguments.show === 'string' ? job.arguments.show : null
}

/** What came of a job, behind a dash; empty where nothing is to be said. */
export function tellResult(job: Job): string {
  const result = job.result
  if (job.state !== 'done' || typeof result !== 'object' || result === null) return ''
  const { posts, n_posts, new: fresh, changed, made, trouble } = result as Record<string, unknown>
  if (typeof posts === 'number') return ` – ${count(posts, 'post')} found, ${fresh} new`
  if (typeof n_posts === 'number') return ` – ${count(n_posts, 'post')} found`
  if (typeof changed === 'number') return ` – ${fresh} new, ${changed} changed${typeof trouble === 'string' && trouble ? `; ${trouble}` : ''}`
  if (made === false) return ' – nothing had changed'
  return ''
}
