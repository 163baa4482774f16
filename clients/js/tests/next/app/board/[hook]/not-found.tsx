export default function NotFound() {
    return <p id="missing">There is no such board</p>;
}
