/** The pages of the studio and their addresses. Each page's code comes when it is first wanted. */

import { parse } from 'regexparam'
import type { Component } from 'svelte'

export type Params = Record<string, string>

/** A page gets what its address holds as `params`; pages without parameters declare none, which no narrower type allows. */
export type PageComponent = Component<any>

export interface Route {
  name: string
  path: string
  load: () => Promise<{ default: PageComponent }>
}

export const ROUTES: Route[] = [
  { name: 'shelf', path: '/', load: () => import('../shelf/Shelf.svelte') },
  { name: 'reading', path: '/episodes/:id', load: () => import('../reading/Reading.svelte') },
  { name: 'shows', path: '/shows', load: () => import('../shows/Shows.svelte') },
  { name: 'show', path: '/shows/:slug', load: () => import('../shows/ShowPage.svelte') },
  { name: 'voices', path: '/voices', load: () => import('../voices/Voices.svelte') },
  { name: 'models', path: '/models', load: () => import('../models/Models.svelte') },
  { name: 'jobs', path: '/jobs', load: () => import('../jobs/Jobs.svelte') },
  { name: 'settings', path: '/settings', load: () => import('../settings/Settings.svelte') },
  { name: 'welcome', path: '/welcome', load: () => import('../welcome/Welcome.svelte') },
  { name: 'add', path: '/add', load: () => import('../shelf/Add.svelte') },
]

const PATTERNS = ROUTES.map((route) => ({ route, ...parse(route.path) }))

/** The page at a path with what the path holds, or nothing. */
export function findRoute(path: string): { route: Route; params: Params } | null {
  for (const { route, pattern, keys } of PATTERNS) {
    const found = pattern.exec(path)
    if (found) return { route, params: toParams(keys, found) }
  }
  return null
}

function toParams(keys: string[], found: RegExpExecArray): Params {
  return Object.fromEntries(keys.map((key, index) => [key, decode(found[index + 1] ?? '')]))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a stray % is itself
  }
}
