import { isNodeInstalled } from './bootstrap.js';

// Runs before each npm script that needs the project's packages: reports what to do if they are not installed.

if (!isNodeInstalled()) {
  const script = process.env['npm_lifecycle_event'];
  process.stderr.write(
    `npm run ${script} needs the packages of this project, which are not installed: run "npm start" or "npm ci" first\n`,
  );
  process.exit(1);
}
