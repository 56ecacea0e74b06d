/** Words of one's own account: passphrase and key. */
export const accountMessages = {
  passphrase: {
    title: 'Change your passphrase',
    text: 'It opens the same key. Your sessions in other windows and on the command line end. The change is an entry in the ledger; the passphrase is not.',
    present: 'Present passphrase',
    chosen: 'New passphrase',
    submit: 'Change the passphrase',
    same: 'This is the present passphrase. Choose another.',
    noPresent: 'Enter the present passphrase.',
    done: 'Your passphrase is changed',
    doneText: 'The new one opens your key from now on.',
  },
  key: {
    title: 'Make a new key for yourself',
    text: 'Do this when somebody else may have had your key. The old key and the new one sign an entry that puts the new one in its place.',
    follows: ['What you signed before stays valid.', 'What anybody signs with the old key from now on is refused by every verifier.', 'The same passphrase opens the new key. Your sessions elsewhere end.'],
    passphrase: 'Passphrase of your personal key',
    submit: 'Sign and replace the key',
    done: 'You sign with a new key',
    doneText: (key: string) => `Its name ends with ${key}.`,
  },
  first: {
    title: 'Choose a passphrase of your own',
    lead: 'Somebody else chose the one that you signed in with. Until you choose your own, they could sign in your name, and nobody could tell it apart.',
    given: 'The passphrase that you were given',
    noGiven: 'Enter the passphrase that you signed in with.',
    submit: 'Choose it',
    refused: 'Choose a passphrase of your own first.',
    refusedText: 'Somebody else chose the one that you have, and could sign this in your name. Then sign with your own.',
    choose: 'Choose it now',
    laterText: 'Until then you sign no approval, no pack, no act on accounts, roles and keys, and nothing else that asks for the passphrase again. You are asked again when you sign in next. It is also in the menu of your name, at the lower left.',
  },
} as const
