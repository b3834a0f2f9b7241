/** Posts and files on their way to the server, and those that it refused. */

import { api, ask, isMissing, send, toWords } from '../api/client'
import type { Episode, Job } from '../api/domain'
import { episodes } from '../stores/episodes.svelte'
import { jobs } from '../stores/jobs.svelte'
import { shows } from '../stores/shows.svelte'

export interface Arrival {
  key: number
  name: string
  problem: string | null
  run: () => Promise<Episode & { job?: string }>
}

class Adding {
  list = $state<Arrival[]>([])
  #next = 1

  get isBusy(): boolean {
    return this.list.some((arrival) => arrival.problem === null)
  }

  /** Have posts read, one after the other; returns how many were taken. */
  async addAddresses(urls: string[], show: string): Promise<number> {
    return this.#add(
      urls.map((url) => ({
        name: url,
        run: () => ask<Episode & { job: string }>(api.POST('/v1/episodes', { body: { url, show } })),
      })),
    )
  }

  /** Have files read, under their own names or the one that is given; returns how many were taken. */
  async addFiles(files: File[], show: string, name?: string): Promise<number> {
    return this.#add(files.map((file) => ({ name: name ?? file.name, run: () => upload(file, show) })))
  }

  async retry(arrival: Arrival): Promise<void> {
    await this.#try(arrival)
  }

  dismiss(arrival: Arrival): void {
    this.list = this.list.filter((each) => each.key !== arrival.key)
  }

  async #add(wanted: Pick<Arrival, 'name' | 'run'>[]): Promise<number> {
    const keys = wanted.map(() => this.#next++)
    this.list.push(...wanted.map((each, index) => ({ ...each, key: keys[index] ?? 0, problem: null })))
    let nTaken = 0
    for (const arrival of this.list.filter((each) => keys.includes(each.key))) nTaken += Number(await this.#try(arrival))
    if (nTaken > 0 && !shows.find('reading-list')) void shows.load()
    return nTaken
  }

  async #try(arrival: Arrival): Promise<boolean> {
    arrival.problem = null
    try {
      const episode = await arrival.run()
      episodes.take(episode)
      if (episode.job) void this.#follow(episode.job)
      this.dismiss(arrival)
      return true
    } catch (error) {
      arrival.problem = toWords(error)
      return false
    }
  }

  /** The stream tells of it too, perhaps a second later. */
  async #follow(id: string): Promise<void> {
    try {
      jobs.take(await ask<Job>(api.GET('/v1/jobs/{job_id}', { params: { path: { job_id: id } } })))
    } catch {
      // the stream will
    }
  }
}

async function upload(file: File, show: string): Promise<Episode> {
  const form = new FormData()
  form.append('file', file, file.name)
  form.append('show', show)
  try {
    return await send<Episode>('POST', '/v1/uploads', { form })
  } catch (error) {
    if (isMissing(error)) throw new Error('This server takes no files yet; `catwalk read FILE` does.')
    throw error
  }
}

export const adding = new Adding()
