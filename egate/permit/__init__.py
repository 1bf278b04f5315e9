"""The signed QR permit: encode, sign, verify."""
