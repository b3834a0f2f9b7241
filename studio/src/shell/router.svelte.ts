/** Where the person is, and ways to go elsewhere without loading the page anew. */

type Guard = () => boolean

class Router {
  url = $state.raw(new URL('http://studio/'))
  isStarted = $state(false)
  #guards = new Set<Guard>()
  /** Place in the history of what is shown; each entry carries its own. */
  #at = 0

  get path(): string {
    return this.url.pathname
  }

  /** Follow the address bar and every link of the page; returns what stops it. */
  start(): () => void {
    this.url = new URL(location.href)
    this.#at = placeOf(history.state) ?? 0
    history.replaceState({ at: this.#at }, '')
    this.isStarted = true
    addEventListener('popstate', this.#follow)
    document.addEventListener('click', this.#click)
    return () => {
      removeEventListener('popstate', this.#follow)
      document.removeEventListener('click', this.#click)
    }
  }

  /** Go to an address of the studio. */
  go(to: string, { replace = false }: { replace?: boolean } = {}): void {
    const url = new URL(to, location.href)
    if (!this.#mayGo(url)) return
    if (!replace) this.#at += 1
    history[replace ? 'replaceState' : 'pushState']({ at: this.#at }, '', url)
    this.url = url
    if (!replace && !url.hash) scrollTo({ top: 0 })
  }

  /** Change what stands behind the `?` without another entry in the history. */
  setQuery(values: Record<string, string | null>): void {
    const url = new URL(this.url)
    for (const [name, value] of Object.entries(values)) {
      if (value) url.searchParams.set(name, value)
      else url.searchParams.delete(name)
    }
    history.replaceState({ at: this.#at }, '', url)
    this.url = url
  }

  /** Ask before the page is left; returns what takes the question back. */
  guard(may: Guard): () => void {
    this.#guards.add(may)
    return () => this.#guards.delete(may)
  }

  #mayGo(url: URL): boolean {
    return url.pathname === this.url.pathname || [...this.#guards].every((may) => may())
  }

  /** Back, forward, or a place on this very page; the address bar has it already. */
  #follow = (): void => {
    const url = new URL(location.href)
    const at = placeOf(history.state)
    if (at === null) {
      this.#at += 1
      history.replaceState({ at: this.#at }, '')
    } else if (this.#mayGo(url)) {
      this.#at = at
    } else {
      history.go(this.#at - at) // which comes here once more, with what is shown
      return
    }
    this.url = url
  }

  #click = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target || link.hasAttribute('download') || !leadsInside(link)) return
    if (link.hash && link.pathname === location.pathname) return // the browser goes there, with the focus
    event.preventDefault()
    this.go(link.href)
  }
}

function placeOf(state: unknown): number | null {
  return state !== null && typeof state === 'object' && 'at' in state && typeof state.at === 'number' ? state.at : null
}

/** Whether a link leads to a page of the studio, and not to a feed or a file of the same server. */
export function leadsInside(link: { href: string; origin: string; pathname: string }): boolean {
  return link.origin === location.origin && !/^\/(v1|feeds|media|assets|docs|metrics)(\/|\.|$)/.test(link.pathname)
}

export const router = new Router()
