-- Each connection waits up to 16 ms before it asks again: users, rather than a test of how much fits.
function delay()
   return math.random(0, 16)
end
