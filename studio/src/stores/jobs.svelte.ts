/** Jobs as they stand, the newest first, kept up by what the server tells. */

import { SvelteMap } from 'svelte/reactivity'
import { api, ask, toWords } from '../api/client'
import type { Job, JobEntry, JobState } from '../api/domain'
import { Pace } from '../jobs/pace'
import { events } from './events.svelte'

const UNFINISHED: ReadonlySet<JobState> = new Set(['queued', 'running', 'paused'])
const N_LISTED = 100

export type Doing = 'pause' | 'resume' | 'cancel'

export class Jobs {
  #byId = new SvelteMap<string, Job>()
  state = $state<'loading' | 'ready' | 'failed'>('loading')
  problem = $state<string | null>(null)
  hasMore = $state(false)

  readonly list = $derived([...this.#byId.values()].sort(compareAges))
  readonly unfinished = $derived(this.list.filter((job) => UNFINISHED.has(job.state)))

  #paces = new Map<string, Pace>()
  #ended = new Set<(job: Job) => void>()

  find(id: string): Job | undefined {
    return this.#byId.get(id)
  }

  /** Be called when a job has come to its end while somebody looked. */
  onEnd(listener: (job: Job) => void): () => void {
    this.#ended.add(listener)
    return () => this.#ended.delete(listener)
  }

  /** Ask once for what there is, and follow it from then on. */
  start(): () => void {
    const stops = [events.on('job', (job) => this.take(job)), events.onReturn(() => void this.load())]
    void this.load()
    return () => stops.forEach((stop) => stop())
  }

  async load(): Promise<void> {
    try {
      const found = await ask<{ data: Job[] }>(api.GET('/v1/jobs', { params: { query: { limit: N_LISTED } } }))
      for (const job of found.data) this.take(job)
      this.hasMore = found.data.length === N_LISTED
      this.state = 'ready'
      this.problem = null
    } catch (error) {
      this.problem = toWords(error)
      if (this.state === 'loading') this.state = 'failed'
    }
  }

  async loadMore(): Promise<void> {
    const query = { limit: N_LISTED, offset: this.#byId.size }
    const found = await ask<{ data: Job[] }>(api.GET('/v1/jobs', { params: { query } }))
    for (const job of found.data) this.take(job)
    this.hasMore = found.data.length === N_LISTED
  }

  /** Have a job as it stands now. */
  take(job: Job): void {
    const before = this.#byId.get(job.id)
    this.#byId.set(job.id, job)
    if (job.state === 'running') this.#paceOf(job.id).see(job.progress)
    if (before && UNFINISHED.has(before.state) && !UNFINISHED.has(job.state)) {
      this.#paces.delete(job.id)
      for (const listener of this.#ended) listener(job)
    }
  }

  /** Seconds until a job is likely done, as far as one can tell. */
  left_s(job: Job): number | null {
    return job.state === 'running' ? (this.#paces.get(job.id)?.left_s() ?? null) : null
  }

  /** @throws {Refusal} the job cannot do that any more. */
  async tell(id: string, doing: Doing): Promise<void> {
    const params = { params: { path: { job_id: id } } }
    const calls = {
      pause: () => api.POST('/v1/jobs/{job_id}/pause', params),
      resume: () => api.POST('/v1/jobs/{job_id}/resume', params),
      cancel: () => api.POST('/v1/jobs/{job_id}/cancel', params),
    }
    this.take(await ask<Job>(calls[doing]()))
  }

  /**
   * Have a waiting job begin before another one.
   *
   * @throws {Refusal} one of them waits no more.
   */
  async move(id: string, before: string): Promise<void> {
    await ask<Job>(api.POST('/v1/jobs/{job_id}/move', { params: { path: { job_id: id } }, body: { before } }))
    await this.load() // others have another place too
  }

  /** What has happened to a job, in order. @throws {Refusal} there is no such job. */
  async log(id: string): Promise<JobEntry[]> {
    return (await ask<{ data: JobEntry[] }>(api.GET('/v1/jobs/{job_id}/log', { params: { path: { job_id: id } } }))).data
  }

  #paceOf(id: string): Pace {
    const pace = this.#paces.get(id) ?? new Pace()
    this.#paces.set(id, pace)
    return pace
  }
}

/** The newest first. Times are in whole seconds, so that episodes of one second are told apart by their number. */
export function compareAges(one: Job, other: Job): number {
  return other.created_at.localeCompare(one.created_at) || Number(other.arguments.episode ?? 0) - Number(one.arguments.episode ?? 0)
}

/** The one that begins first, first: of one place the older. */
export function comparePlaces(one: Job, other: Job): number {
  return one.place - other.place || compareAges(other, one)
}

export const jobs = new Jobs()
