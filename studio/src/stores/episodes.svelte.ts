/** The episodes of the shelf: one search at a time, page by page, kept up by what the server tells. */

import { SvelteMap } from 'svelte/reactivity'
import { api, ask, toWords } from '../api/client'
import type { Episode, EpisodeState, Page } from '../api/domain'
import { events } from './events.svelte'
import { episodeOf } from '../jobs/words'
import { jobs } from './jobs.svelte'

export interface Search {
  title: string
  show: string
  state: EpisodeState | ''
}

/** Enough for three screens; the next page is on its way before the end of this one is seen. */
const N_PAGE = 100

export class Episodes {
  list = $state.raw<Episode[]>([])
  state = $state<'loading' | 'ready' | 'failed'>('loading')
  problem = $state<string | null>(null)
  isLoadingMore = $state(false)

  /** Whatever was heard of single episodes, those outside the list too. */
  #byId = new SvelteMap<number, Episode>()
  #asked = new Set<number>()
  #search: Search = { title: '', show: '', state: '' }
  #next: string | null = null
  #turn = 0

  get hasMore(): boolean {
    return this.#next !== null
  }

  /** Follow what happens to episodes. */
  start(): () => void {
    const stops = [
      events.on('episode', (told) => void this.#hear(told.id, told)),
      events.onReturn(() => void this.load(this.#search)),
      jobs.onEnd((job) => {
        const id = episodeOf(job)
        if (id !== null) void this.refresh(id)
      }),
    ]
    return () => stops.forEach((stop) => stop())
  }

  /** Show what fits a search, from its first page on. */
  async load(search: Search): Promise<void> {
    const turn = ++this.#turn
    this.#search = search
    try {
      const page = await this.#ask(null)
      if (turn !== this.#turn) return // another search came after
      this.list = page.data
      this.#next = page.next
      this.state = 'ready'
      this.problem = null
    } catch (error) {
      if (turn !== this.#turn) return
      this.problem = toWords(error)
      if (this.list.length === 0) this.state = 'failed'
    }
  }

  /** Add the next page, if there is one. */
  async more(): Promise<void> {
    if (this.#next === null || this.isLoadingMore) return
    const turn = this.#turn
    this.isLoadingMore = true
    try {
      const page = await this.#ask(this.#next)
      if (turn !== this.#turn) return
      const known = new Set(this.list.map((episode) => episode.id))
      this.list = [...this.list, ...page.data.filter((episode) => !known.has(episode.id))]
      this.#next = page.next
    } catch (error) {
      this.problem = toWords(error)
    } finally {
      this.isLoadingMore = false
    }
  }

  /** An episode as it was last heard of; it is asked for where it never was. */
  know(id: number): Episode | undefined {
    const found = this.#byId.get(id) ?? this.list.find((episode) => episode.id === id)
    if (!found && !this.#asked.has(id)) {
      this.#asked.add(id)
      queueMicrotask(() => void this.refresh(id))
    }
    return found
  }

  /** Ask for one episode again. */
  async refresh(id: number): Promise<Episode | null> {
    try {
      const path = { episode_id: id }
      const episode = await ask<Episode>(api.GET('/v1/episodes/{episode_id}', { params: { path } }))
      this.take(episode)
      return episode
    } catch {
      return null // whoever shows it has what it had before
    }
  }

  /** Have an episode as it stands now; a new one stands first until the list is asked for again. */
  take(episode: Episode): void {
    this.#byId.set(episode.id, episode)
    const index = this.list.findIndex((each) => each.id === episode.id)
    if (index >= 0) this.list = this.list.with(index, { ...this.list[index], ...episode })
    else if (this.state === 'ready' && fits(episode, this.#search)) this.list = [episode, ...this.list]
  }

  drop(id: number): void {
    this.#byId.delete(id)
    this.list = this.list.filter((episode) => episode.id !== id)
  }

  async #hear(id: number, told: Partial<Episode>): Promise<void> {
    const known = this.list.find((episode) => episode.id === id) ?? this.#byId.get(id)
    // A new file has a new address, and a failure its reason: only the episode itself tells them.
    const isEnd = told.state === 'ready' || told.state === 'failed'
    if (!known || (isEnd && known.state !== told.state)) await this.refresh(id)
    else this.take({ ...known, ...told })
  }

  #ask(after: string | null): Promise<Page<Episode>> {
    const { title, show, state } = this.#search
    const query = {
      limit: N_PAGE,
      ...(title && { title }),
      ...(show && { show }),
      ...(state && { state }),
      ...(after !== null && { after }),
    }
    return ask<Page<Episode>>(api.GET('/v1/episodes', { params: { query } }))
  }
}

/** Whether an episode is one that a search finds, as far as the page can tell. */
export function fits(episode: Episode, search: Search): boolean {
  return (
    episode.title.toLowerCase().includes(search.title.toLowerCase()) &&
    (search.state === '' || search.state === episode.state) &&
    (search.show === '' || search.show === episode.show)
  )
}

export const episodes = new Episodes()
