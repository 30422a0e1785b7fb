/** Before each test: the processes that it starts run without the hooks of tap, which take each of them half a second and are for coverage. */
import processOnSpawn from 'process-on-spawn'

processOnSpawn.addListener(child => {
  const { NODE_OPTIONS, ...env } = child.env
  child.env = env
})
