/** All that was said on the way. The latest is announced elsewhere: a list that grows would be read out again and again. */
export function ProgressLog ({ lines }: { lines: readonly string[] }) {
  return (
    <section class='log' aria-labelledby='log-title'>
      <h2 class='eyebrow' id='log-title'>On the way</h2>
      <ol>{lines.map((line, index) => <li key={index}>{line}</li>)}</ol>
    </section>
  )
}
