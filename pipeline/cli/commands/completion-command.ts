import type { Command } from '#pipeline/cli/command.ts';

export const completionCommand: Command = {
  name: 'completion',
  purpose: 'Prints a script that completes commands and options in a shell.',
  operands: [{ name: 'SHELL', text: 'bash, zsh or fish' }],
  required: [],
  options: {},
  notes: [
    'The script calls haven-chunks, which must be on the PATH: "npm install --global haven-chunks" puts it there. Load the',
    'script in the start file of the shell: ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish. bash needs the package',
    'bash-completion.',
  ],
  examples: [
    ['completion bash', 'in ~/.bashrc: source <(haven-chunks completion bash)'],
    ['completion zsh', 'in ~/.zshrc, after compinit: source <(haven-chunks completion zsh)'],
    ['completion fish', 'in config.fish: haven-chunks completion fish | source'],
  ],
  run: async args => (await import('./run-completion.ts')).run(args),
};
