/** What a peer throws that cannot run here for want of something (Python, a compiler): it is left out, not failed. */
export class Absent extends Error {}
