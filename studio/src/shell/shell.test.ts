import { expect, test } from 'vitest'
import { nameOf } from './keys.svelte'
import { findRoute } from './routes'

const press = { key: 'a', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }

test.each([
  [{ key: 'a' }, 'a'],
  [{ key: '?', shiftKey: true }, '?'],
  [{ key: ' ' }, 'Space'],
  [{ key: 'z', ctrlKey: true }, 'Ctrl+z'],
  [{ key: 'z', metaKey: true }, 'Ctrl+z'],
  [{ key: 'ArrowUp', altKey: true, shiftKey: true }, 'Alt+Shift+ArrowUp'],
])('%j is written as %s', (held, name) => {
  expect(nameOf({ ...press, ...held })).toBe(name)
})

test.each([
  ['/', 'shelf', {}],
  ['/episodes/12', 'reading', { id: '12' }],
  ['/shows/kitchen-notes', 'show', { slug: 'kitchen-notes' }],
  ['/shows/a%20b', 'show', { slug: 'a b' }],
  ['/shows/100%', 'show', { slug: '100%' }],
  ['/settings/', 'settings', {}],
])('at %s stands the page %s', (path, name, params) => {
  const found = findRoute(path)

  expect([found?.route.name, found?.params]).toEqual([name, params])
})

test.each(['/nowhere', '/episodes', '/episodes/1/2', '/v1/models'])('at %s stands no page', (path) => {
  expect(findRoute(path)).toBeNull()
})
