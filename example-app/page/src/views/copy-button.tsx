import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

/** Says what has become of it. Nothing where the browser has no clipboard for this page, as by `http:` from another machine. */
export function CopyButton ({ text, children }: { text: string, children: ComponentChildren }) {
  const [said, setSaid] = useState('')
  const clipboard: Clipboard | undefined = navigator.clipboard
  if (clipboard === undefined) return null
  const copy = () => { clipboard.writeText(text).then(() => setSaid('Copied'), () => setSaid('The browser does not allow it')) }
  return (
    <p class='copy'>
      <span role='status'>{said}</span>
      <button class='quiet-button' type='button' onClick={copy}>{children}</button>
    </p>
  )
}
