/// To be written.
enum Placeholder {}
