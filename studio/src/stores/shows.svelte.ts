/** The shows, by their slugs. */

import { api, ask, toWords } from '../api/client'
import type { Page, Show } from '../api/domain'
import { events } from './events.svelte'

class Shows {
  list = $state.raw<Show[]>([])
  state = $state<'loading' | 'ready' | 'failed'>('loading')
  problem = $state<string | null>(null)

  #bySlug = $derived(new Map(this.list.map((show) => [show.slug, show])))

  find(slug: string | undefined): Show | undefined {
    return slug === undefined ? undefined : this.#bySlug.get(slug)
  }

  /** The show's title, as far as it is known. */
  nameOf(slug: string | undefined): string {
    return this.find(slug)?.title ?? slug ?? ''
  }

  start(): () => void {
    void this.load()
    return events.onReturn(() => void this.load())
  }

  async load(): Promise<void> {
    try {
      const found: Show[] = []
      let after: string | null = null
      do {
        const query: { limit: number; after?: string } = after === null ? { limit: 500 } : { limit: 500, after }
        const page: Page<Show> = await ask<Page<Show>>(api.GET('/v1/shows', { params: { query } }))
        found.push(...page.data)
        after = page.next
      } while (after !== null)
      this.list = found.sort((one, other) => one.title.localeCompare(other.title))
      this.state = 'ready'
      this.problem = null
    } catch (error) {
      this.problem = toWords(error)
      if (this.state === 'loading') this.state = 'failed'
    }
  }

  /** Have a show as it stands now, or a new one. */
  take(show: Show): void {
    const others = this.list.filter((each) => each.slug !== show.slug)
    this.list = [...others, show].sort((one, other) => one.title.localeCompare(other.title))
  }

  drop(slug: string): void {
    this.list = this.list.filter((show) => show.slug !== slug)
  }
}

export const shows = new Shows()
