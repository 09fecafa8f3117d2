/** The command of npm: the one that runs this, or the one on the path. */
export const npm = () => (process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']);
