import { CopyButton } from './copy-button.tsx'

/** JSON as it is on the wire, to be read and copied. @param label what it is, for those who can't see what it belongs to */
export function RawJson ({ value, label }: { value: unknown, label: string }) {
  const text = JSON.stringify(value, null, 2)
  return (
    <div class='raw'>
      <CopyButton text={text}>Copy<span class='unseen'> the JSON of {label}</span></CopyButton>
      {/* It scrolls: without a pointer, by the keyboard. */}
      <pre tabIndex={0} role='group' aria-label={`JSON of ${label}`}><code>{text}</code></pre>
    </div>
  )
}
