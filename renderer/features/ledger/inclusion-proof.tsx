import type { LedgerEntryDetail } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { VisuallyHidden } from '../../design/index.ts'
import { formatCount, rootHex } from '../../state/index.ts'
import styles from './ledger.module.css'
import { drawProof, PILL_WIDTH } from './proof-drawing.ts'

/** The way from an entry to the root: each hash that is joined on the way, and how many entries stand under it. */
export function InclusionProof({ proof }: { readonly proof: LedgerEntryDetail['proof'] }) {
  const { width, height, spineX, leafY, rootY, hashes, joints } = drawProof(proof.hashes)
  const root = rootHex(proof.root)
  const leaf = formatCount(proof.index)
  return (
    <>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        className={styles.proof}
        style={{ maxWidth: width }}
        role="img"
        aria-label={words.proofDrawing(leaf, hashes.length, formatCount(proof.size))}
      >
        <path d={`M${spineX} ${leafY}V${rootY}`} className={styles.spine} />
        {hashes.map(({ hash, leaves, side, x, y, path, countX }) => (
          <g key={y}>
            <path d={path} className={styles.branch} />
            <rect x={x} y={y - 9} width={PILL_WIDTH} height={18} rx={3} className={styles.pill} />
            <text x={x + PILL_WIDTH / 2} y={y + 4} textAnchor="middle" className={styles.hash}>
              {hash.slice(0, 8)}
            </text>
            <text x={countX} y={y + 4} textAnchor={side === 'left' ? 'end' : 'start'} className={styles.leaves}>
              {formatCount(leaves)}
            </text>
          </g>
        ))}
        {joints.map((y) => (
          <circle key={y} cx={spineX} cy={y} r={3.5} className={styles.joint} />
        ))}
        <rect x={spineX - 30} y={leafY - 10} width={60} height={20} rx={3} className={styles.leaf} />
        <text x={spineX} y={leafY + 4} textAnchor="middle" className={styles.hash}>
          {leaf}
        </text>
        <text x={spineX + 12} y={rootY + 4} className={styles.rootHash}>
          {words.rootLabel(root.slice(0, 8))}
        </text>
      </svg>
      <VisuallyHidden>
        <ol aria-label={words.proof}>
          {proof.hashes.map(({ hash, side, leaves }) => (
            <li key={hash}>{words.proofStep(hash, side, formatCount(leaves))}</li>
          ))}
          <li>{words.proofRoot(root)}</li>
        </ol>
      </VisuallyHidden>
    </>
  )
}
