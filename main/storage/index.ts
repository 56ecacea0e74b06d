export { BlobStore, type BlobRef } from './blobs.ts'
export { acquireLock, type Lock } from './lock.ts'
export { findPageDamage, openDatabase, transact, type Database, type Statement } from './database.ts'
export { StorageError, storageErrorFrom, type StorageErrorCode } from './storage-error.ts'
