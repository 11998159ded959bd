#include "child/fork_server.hpp"
#include "child/picture_operations.hpp"

int main() { return pictor::child::run_fork_server(pictor::child::load_pictures); }
