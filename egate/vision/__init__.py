"""Pictures to findings: numpy and cv2, no I/O."""
