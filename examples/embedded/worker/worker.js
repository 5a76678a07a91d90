/** A worker of the kind that answers requests at the edge of a network. */
import { digits } from '../digits.model.ts'

// biome-ignore lint/style/noDefaultExport: the runtime takes the default export
export default {
  async fetch(request) {
    try {
      const shares = digits.predict(await request.json())
      return Response.json({ digit: shares.indexOf(Math.max(...shares)) })
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 })
    }
  },
}
