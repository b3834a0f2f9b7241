import { expect, test } from 'vitest'
import type { Episode } from '../api/domain'
import { fits } from './episodes.svelte'

const episode = { id: 1, title: 'On Teapots', show: 'kitchen', state: 'ready' } as Episode

test.each([
  [{ title: 'teapot' }, true],
  [{ title: 'kettle' }, false],
  [{ show: 'kitchen', state: 'ready' }, true],
  [{ show: 'garden' }, false],
  [{ state: 'failed' }, false],
] as const)('whether %j finds an episode is %s', (search, found) => {
  expect(fits(episode, { title: '', show: '', state: '', ...search })).toBe(found)
})
