/** Inline code and references to footnotes in the text of a block, which marks them as Markdown does. */

export interface Span {
  kind: 'words' | 'code' | 'reference'
  text: string
}

const MARKED = /(?<ticks>`+)(?<code>.+?)\k<ticks>(?!`)|\[\^(?<label>[^\]\s]+)\]/gs

/** The text in order, nothing lost but the marks; a mark that is never closed is part of the words. */
export function partSpans(text: string): Span[] {
  const spans: Span[] = []
  let end = 0
  for (const match of text.matchAll(MARKED)) {
    if (match.index > end) spans.push({ kind: 'words', text: text.slice(end, match.index) })
    const { code, label } = match.groups ?? {}
    spans.push(label === undefined ? { kind: 'code', text: unpad(code ?? '') } : { kind: 'reference', text: label })
    end = match.index + match[0].length
  }
  if (end < text.length) spans.push({ kind: 'words', text: text.slice(end) })
  return spans
}

/** Code with a back-tick in it stands between two of them and a space on each side. */
function unpad(code: string): string {
  return code.includes('`') ? code.replace(/^ (.*) $/s, '$1') : code
}
