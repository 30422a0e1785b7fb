import { useState } from 'preact/hooks'

/** JSON as it is on the wire, to be read and copied. @param label what it is, for those who can't see what it belongs to */
export function RawJson ({ value, label }: { value: unknown, label: string }) {
  const [said, setSaid] = useState('')
  const text = JSON.stringify(value, null, 2)
  const copy = () => {
    navigator.clipboard.writeText(text).then(() => setSaid('Copied'), () => setSaid('The browser does not allow it'))
  }
  return (
    <div class='raw'>
      <div class='raw-tools'>
        <span role='status'>{said}</span>
        <button class='quiet-button' type='button' onClick={copy}>Copy<span class='unseen'> the JSON of {label}</span></button>
      </div>
      {/* It scrolls: without a pointer, by the keyboard. */}
      <pre tabIndex={0} role='region' aria-label={`JSON of ${label}`}><code>{text}</code></pre>
    </div>
  )
}
