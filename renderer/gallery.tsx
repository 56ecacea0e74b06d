import { createRoot } from 'react-dom/client'
import { claimPressableStyle } from './design/index.ts'
import { Gallery } from './design/gallery/gallery.tsx'

claimPressableStyle()
const root = document.getElementById('root')
if (root) createRoot(root).render(<Gallery />)
