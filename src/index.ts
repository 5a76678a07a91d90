/** Everything that densor gives its users in Node; `densor/runtime` and `densor/testing` are entries of their own. */
export * from './node.js'
export * from './page.js'
