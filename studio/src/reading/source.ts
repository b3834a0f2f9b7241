/** The post that a reading is made from, as it was fetched. */

import { send } from '../api/client'

export interface Block {
  id: string
  kind: 'heading' | 'paragraph' | 'list' | 'quote' | 'code' | 'image' | 'table' | 'footnote' | 'math' | 'embed' | (string & {})
  text: string
  level?: number
  language?: string
  src?: string
  alt?: string
  caption?: string
  items?: { text: string; depth: number; number: number | null }[]
  rows?: string[][]
  note?: string
}

export interface Source {
  url: string | null
  title: string
  author: string | null
  published: string | null
  blocks: Block[]
}

/** @throws {Refusal} the post was never fetched. */
export function fetchSource(episode: number): Promise<Source> {
  return send<Source>('GET', `/v1/episodes/${episode}/source`)
}

/** Whether an address may be followed: a post may name any. */
export function isSafe(address: string | null | undefined): address is string {
  return /^https?:\/\//i.test(address ?? '')
}
