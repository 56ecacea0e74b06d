/** Words of the page that anchors the ledger on paper. */
export const paperMessages = {
  title: 'Ledger checkpoint for the paper register',
  heading: 'Ledger checkpoint',
  purpose:
    'This page fixes what the audit ledger held when it was printed. Kept out of reach of whoever administers the ledger, it proves later that none of these entries was changed, removed or reordered.',
  organisation: 'Organisation',
  origin: 'Ledger',
  size: 'Entries',
  root: 'Root',
  signed: 'Signed at',
  logKey: 'Log key',
  fingerprint: 'Its SHA-256',
  note: 'The checkpoint, as the log key signed it',
  noteHow: 'Five lines; the fourth is empty. The last is wrapped here where it is too long.',
  qrAlt: 'QR code of the checkpoint',
  qrHow: 'The same, to be scanned',
  compare: 'To compare: scan the code or type the checkpoint into a text file, and give it to',
  compareSpaces: 'Spaces at the ends of lines, indentation, the kind of dash and where the last line is wrapped make no difference; any other character does.',
  name: 'Name',
  placeAndDate: 'Place and date',
  signature: 'Signature',
  footer: (software: string) => `Made by ${software}. Anybody can check the signature: the format is C2SP tlog-checkpoint.`,
}
