// Names the entries as users import them, and groups what they export by topic, which the declaring file tells.
import { Comment, CommentTag, Converter, ReflectionFlag, ReflectionKind } from 'typedoc'

const ENTRIES = {
  index: 'densor',
  csv: 'densor/csv',
  testing: 'densor/testing',
  embed: 'densor/embed',
}

/** The first that matches the path of the declaring file. */
const TOPICS = [
  [/\/dsl\/model\.ts$/, 'Models'],
  [/\/dsl\/(layers\/|checkpoint)/, 'Layers'],
  [/\/src\/train\/(callback-fault|diverged)/, 'Faults and tasks'],
  [/\/src\/(train\/|summary)/, 'Training and prediction'],
  [/\/src\/(data\/|csv)/, 'Data'],
  [/\/dsl\/losses/, 'Losses'],
  [/\/dsl\/metrics/, 'Metrics'],
  [/\/dsl\/optimizer/, 'Optimizers'],
  [/\/dsl\/activations/, 'Activations'],
  [/\/dsl\/initializers/, 'Initializers'],
  [/\/dsl\/(regularizers|constraints)/, 'Regularizers and constraints'],
  [/\/dsl\/ops/, 'Operations'],
  [/\/(dsl\/(functional|custom-vjp)|src\/functions)/, 'Functions and derivatives'],
  [/\/src\/formats\//, 'Files'],
  [/\/src\/(report|profile|text)/, 'Reports and profiles'],
  [/\/(src\/(errors|task)|runtime\/fault)/, 'Faults and tasks'],
  [/\/src\/testing\//, 'Testing'],
  [/\/src\/embed\//, 'Embedding'],
]

const topicOf = (reflection, file) => {
  if (reflection.kindOf([ReflectionKind.Interface, ReflectionKind.TypeAlias])) return 'Types'
  const found = TOPICS.find(([path]) => path.test(file))
  if (found === undefined)
    throw new Error(`${reflection.name} of ${file} has no topic: add one to topics.mjs`)
  return found[1]
}

export const load = app => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, context => {
    for (const entry of context.project.children ?? []) {
      entry.name = ENTRIES[entry.name] ?? entry.name
      for (const child of entry.children ?? []) {
        const [declaration] = context.getSymbolFromReflection(child)?.declarations ?? []
        const tag = new CommentTag('@group', [
          { kind: 'text', text: topicOf(child, declaration?.getSourceFile().fileName ?? '') },
        ])
        child.setFlag(ReflectionFlag.Const, false)
        const owners = child.signatures ?? [child]
        for (const owner of owners) {
          owner.comment ??= new Comment()
          owner.comment.blockTags.push(tag.clone())
        }
      }
    }
  })
}
