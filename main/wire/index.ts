export { messageConnection, messageReader } from './message-connection.ts'
