/** Words of the desktop shell: its menu, and the dialogs that stand outside the window. */
export const desktopMessages = {
  view: 'View',
  help: 'Help',
  aboutInstallation: 'About this installation',
  unsignedTitle: (title: string) => `${title} (unsigned build)`,
  close: 'Close',

  about: {
    title: (version: string) => `Strongroom ${version}`.trim(),
    checked: (files: number, megabytes: string) => `At this start ${files} files (${megabytes} MB) were compared with the signed list of what was packed, and were the same.`,
    signed: (fingerprint: string) => `The list is signed with the key whose SHA-256 fingerprint is\n${fingerprint}\nCompare it with the one that you got by another way than the package.`,
    unsigned: (fingerprint: string) =>
      `This is an unsigned build: the key was made for it alone, so the list shows damage, and nothing about who made it. Its fingerprint is\n${fingerprint}`,
    checkout: 'This is a checkout, not an installed product: nothing is compared at its start.',
  },

  cannotStart: 'Strongroom cannot start',
  damagedTitle: 'Strongroom does not start: its installation is not what was packed',
  copyAdvice: (folder: string) => `It is a copy that was made from the AppImage. Once it has been looked into, delete ${folder}: the next start makes it anew.`,

  refusedTitle: 'Strongroom does not start: it was started without its protection',
  refused: (switches: readonly string[]) => `The command line holds ${switches.map((name) => `--${name}`).join(', ')}. Start Strongroom without.`,
  noSandbox:
    'This system does not let programs have a sandbox, so the AppImage is started without one. Install the deb or rpm package, which brings what is missing, or let users have namespaces of their own (kernel.unprivileged_userns_clone, or kernel.apparmor_restrict_unprivileged_userns).',

  noRoom: (folder: string) => `Started from its AppImage, Strongroom keeps a copy of what trains in ${folder}, about 200 MB, and there is no room for it. Free some space, or set XDG_DATA_HOME to a folder elsewhere.`,
} as const
