/** What becomes of each kind of block, as a person chooses it for a show; the rest of `[reader.script]` is the server's. */

export interface PolicyChoice {
  name: string
  label: string
  options: { value: string; label: string }[]
}

const READ_OR_SKIP = [
  { value: 'read', label: 'read out' },
  { value: 'skip', label: 'left out' },
]

export const POLICY: PolicyChoice[] = [
  {
    name: 'code',
    label: 'Code',
    options: [
      { value: 'describe', label: 'described in a sentence' },
      { value: 'read', label: 'read out' },
      { value: 'skip', label: 'left out' },
    ],
  },
  {
    name: 'images',
    label: 'Pictures',
    options: [
      { value: 'describe', label: 'described' },
      { value: 'skip', label: 'left out' },
    ],
  },
  { name: 'tables', label: 'Tables', options: READ_OR_SKIP },
  { name: 'quotes', label: 'Quotes', options: READ_OR_SKIP },
  { name: 'lists', label: 'Lists', options: READ_OR_SKIP },
  {
    name: 'footnotes',
    label: 'Footnotes',
    options: [
      { value: 'place', label: 'where they stand' },
      { value: 'section', label: 'behind the section' },
      { value: 'end', label: 'at the end' },
      { value: 'skip', label: 'left out' },
    ],
  },
  { name: 'math', label: 'Formulas', options: READ_OR_SKIP },
  { name: 'embeds', label: 'Embedded videos and posts', options: READ_OR_SKIP },
]
