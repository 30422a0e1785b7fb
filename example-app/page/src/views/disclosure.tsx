import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

export type DisclosureProps = {
  readonly class: string
  readonly summary: ComponentChildren
  /** Not called before it is open: what is in there may be large, and there are many. */
  readonly children: () => ComponentChildren
}

export function Disclosure ({ summary, children, ...rest }: DisclosureProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class={rest.class} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && children()}
    </details>
  )
}
