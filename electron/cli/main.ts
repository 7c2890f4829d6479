import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

// Compiling the commands takes longer than most of them run: what V8 made of them is kept for the next call. Only what is imported
// after this is kept, hence nothing else here. Where it can't be kept, Node says so by its answer and everything works the same.
const { XDG_CACHE_HOME: cache = '' } = process.env;
enableCompileCache(path.join(path.isAbsolute(cache) ? cache : path.join(homedir(), '.cache'), 'tapestry/compiled'));
await import('./run-command-line.ts');
