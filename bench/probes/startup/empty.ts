// The shortest program there is: what a start costs without the library.
