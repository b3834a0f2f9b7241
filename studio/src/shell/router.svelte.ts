/** Where the person is, and ways to go elsewhere without loading the page anew. */

type Guard = () => boolean

class Router {
  url = $state.raw(new URL('http://studio/'))
  isStarted = $state(false)
  #guards = new Set<Guard>()

  get path(): string {
    return this.url.pathname
  }

  /** Follow the address bar and every link of the page; returns what stops it. */
  start(): () => void {
    this.url = new URL(location.href)
    this.isStarted = true
    const follow = () => (this.url = new URL(location.href))
    addEventListener('popstate', follow)
    document.addEventListener('click', this.#click)
    return () => {
      removeEventListener('popstate', follow)
      document.removeEventListener('click', this.#click)
    }
  }

  /** Go to an address of the studio. */
  go(to: string, { replace = false }: { replace?: boolean } = {}): void {
    const url = new URL(to, location.href)
    if (url.pathname !== this.url.pathname && ![...this.#guards].every((may) => may())) return
    history[replace ? 'replaceState' : 'pushState'](null, '', url)
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
    history.replaceState(null, '', url)
    this.url = url
  }

  /** Ask before the page is left; returns what takes the question back. */
  guard(may: Guard): () => void {
    this.#guards.add(may)
    return () => this.#guards.delete(may)
  }

  #click = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target || link.hasAttribute('download') || !leadsInside(link)) return
    event.preventDefault()
    this.go(link.href)
  }
}

/** Whether a link leads to a page of the studio, and not to a feed or a file of the same server. */
export function leadsInside(link: { href: string; origin: string; pathname: string }): boolean {
  return link.origin === location.origin && !/^\/(v1|feeds|media|assets|docs|metrics)(\/|\.|$)/.test(link.pathname)
}

export const router = new Router()
