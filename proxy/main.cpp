#include <cstdio>

int main() {
    std::puts("nearside " NEARSIDE_VERSION);
    return 0;
}
